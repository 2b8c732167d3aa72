export const serve: (port?: number) => Promise<{ url: string; stop: () => Promise<void> }>;
