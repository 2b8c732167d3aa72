// Bundles the card into one ES module. CARD_OUTPUT names another folder, so that
// a check can compare a fresh build with the committed one.
import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minifyTemplates } from "./build-templates.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const folder = resolve(
  process.env.CARD_OUTPUT || join(here, "../custom_components/mesh_call/frontend"),
);
const outfile = join(folder, "mesh-call.js");

await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  outfile,
  bundle: true,
  format: "esm",
  target: ["es2022", "safari16"],
  minify: true,
  charset: "utf8",
  legalComments: "eof",
  // Lit's reactive properties must not be shadowed by class fields.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [minifyTemplates(join(here, "src"))],
  logLevel: "warning",
});

console.log(`${outfile}: ${(statSync(outfile).size / 1000).toFixed(1)} kB`);
