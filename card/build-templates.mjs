// Styles are written over many lines; nobody needs their line breaks in the bundle.
import { readFile } from "node:fs/promises";

const squeeze = (text) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1");

/** Squeezes the css`…` templates of our own sources. */
export const minifyTemplates = (folder) => ({
  name: "minify-templates",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(folder)) return undefined;
      const source = await readFile(path, "utf8");
      const contents = source.replace(/css`[^`]*`/g, squeeze);
      return { contents, loader: "ts" };
    });
  },
});
