/** The parent as it is seen: through slots and shadow roots. */
export const parentOf = (node: Node): Node | null => {
  if (node instanceof Element && node.assignedSlot) return node.assignedSlot;
  return node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
};

export const isWithin = (node: Node, ancestor: Node): boolean => {
  for (let at: Node | null = node; at; at = parentOf(at)) if (at === ancestor) return true;
  return false;
};
