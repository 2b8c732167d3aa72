// Serves the page with the home of straw. PORT chooses the port.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");

export const serve = async (port = 0) => {
  mkdirSync(out, { recursive: true });
  copyFileSync(join(here, "index.html"), join(out, "index.html"));
  const bundle = await context({
    entryPoints: {
      "mesh-call": join(here, "../src/main.ts"),
      "fake-home": join(here, "fake-home.ts"),
    },
    bundle: true,
    format: "esm",
    outdir: out,
    define: { __VERSION__: JSON.stringify("dev") },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  const { hosts, port: taken } = await bundle.serve({ servedir: out, host: "127.0.0.1", port });
  return { url: `http://${hosts[0]}:${taken}/`, stop: () => bundle.dispose() };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(Number(process.env.PORT ?? 8127));
  console.log(url);
}
