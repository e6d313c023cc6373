// Bundles the few sources of src/ into app/static/dist, one script per kind of page, under names that carry the hash of
// their content, and writes manifest.json ("app.css" -> "app-1A2B3C4D.css"), which the template global asset() reads.
import { build } from "esbuild";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "..", "app", "static", "dist");
const fresh = `${target}.new`;
const entries = ["app.css", "app.js", "calendar.css", "calendar.js", "call.js", "charts.js", "route.css", "route.js", "route-sw.js", "upload.js"];

const plainName = (file) => path.basename(file).replace(/-[A-Z0-9]{8}(?=\.[a-z0-9]+$)/, "");

function manifestOf(outputs) {
  const files = Object.keys(outputs).map((file) => path.basename(file));
  return Object.fromEntries(files.map((file) => [plainName(file), file]).sort());
}

// FullCalendar carries a face of icons inside its styles, as a data: address that our policy refuses. No page draws them.
const withoutIcons = {
  name: "without-icons",
  setup({ onLoad }) {
    onLoad({ filter: /@fullcalendar[\\/]core[\\/]internal-common\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, "utf8");
      const contents = source.replace(/@font-face\s*\{[^}]*\}/g, "");
      return contents === source ? { errors: [{ text: "no @font-face to leave out" }] } : { contents, loader: "js" };
    });
  },
};

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => path.join("src", name)),
  outdir: fresh,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  bundle: true,
  plugins: [withoutIcons],
  minify: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16"],
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});
await writeFile(path.join(fresh, "manifest.json"), `${JSON.stringify(manifestOf(metafile.outputs), null, 2)}\n`);
// The old folder stays until the new one is whole: a failed build leaves the application as it was.
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
