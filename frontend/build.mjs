// Compiles frontend/ into lms/core/static/dist: one CSS file, one module per entry, fonts and drawings,
// each with its content hash in the name, manifest.json, and the table in THIRD_PARTY.md. The same sources give the same bytes.
//   node build.mjs           write
//   node build.mjs --check   compare with what is committed; exit 1 on a difference
//   node build.mjs --keep    while working: an entry that does not compile keeps its last build
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../lms/core/static/dist");
const files = new Map(); // name in dist → bytes
const manifest = {};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const readable = (a, b) => (a < b ? -1 : 1);

/** Add one file under its hashed name and return that name. */
function emit(name, content) {
  const bytes = Buffer.from(content);
  const digest = sha256(bytes);
  const dot = name.lastIndexOf(".");
  const file = `${name.slice(0, dot)}.${digest.slice(0, 12)}${name.slice(dot)}`;
  files.set(file, bytes);
  manifest[name] = { file, sha256: digest };
  return file;
}

// Fonts. Golos Latin is cut to what Russian and English pages use (its licence reserves no name);
// the whole Latin file stays as a fallback range. Andika's name is reserved: its files are passed on untouched.
const everyday =
  Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("") + "\u00a0§©«°±·»×÷–—‘’“”„•…−≤≥→←";

async function fonts() {
  const golos = "node_modules/@fontsource/golos-text/files/golos-text";
  const andika = "node_modules/@fontsource/andika/files/andika";
  for (const weight of [400, 600]) {
    emit(`fonts/golos-text-cyrillic-${weight}.woff2`, await readFile(join(here, `${golos}-cyrillic-${weight}-normal.woff2`)));
    const latin = await readFile(join(here, `${golos}-latin-${weight}-normal.woff2`));
    emit(`fonts/golos-text-latin-${weight}.woff2`, latin);
    emit(`fonts/golos-text-everyday-${weight}.woff2`, await subsetFont(latin, everyday, { targetFormat: "woff2" }));
  }
  for (const weight of [400, 700]) {
    for (const script of ["cyrillic", "latin"]) {
      emit(`fonts/andika-${script}-${weight}.woff2`, await readFile(join(here, `${andika}-${script}-${weight}-normal.woff2`)));
    }
  }
  emit("fonts/golos-text-OFL.txt", await readFile(join(here, "node_modules/@fontsource/golos-text/LICENSE")));
  emit("fonts/andika-OFL.txt", await readFile(join(here, "node_modules/@fontsource/andika/LICENSE")));
}

async function drawings() {
  for (const name of (await readdir(join(here, "illustrations"))).sort(readable)) {
    emit(`illustrations/${name}`, await readFile(join(here, "illustrations", name)));
  }
}

/** Replace url("name") by the hashed neighbour; an unknown name stops the build. */
function withHashes(css) {
  return css.replace(/url\("?(?!data:)([^")]+)"?\)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`CSS names ${name}, which the build did not make`);
    return `url(${manifest[name].file})`;
  });
}

async function styles() {
  for (const name of (await readdir(join(here, "scss"))).filter((f) => !f.startsWith("_")).sort(readable)) {
    const { css } = compile(join(here, "scss", name), {
      style: "compressed",
      charset: false,
      loadPaths: [join(here, "node_modules")],
      quietDeps: true,
    });
    emit(`${basename(name, ".scss")}.css`, withHashes(css) + "\n");
  }
}

async function modules() {
  const entries = (await readdir(join(here, "src/entries"))).filter((f) => f.endsWith(".js")).sort(readable);
  for (const entry of entries) {
    const result = await bundle(entry);
    if (result) emit(entry, result);
  }
}

/** Bundle what runs in sealed frames beside other people's packages: plain scripts, for a sealed frame loads no module of ours. */
async function frames() {
  for (const name of (await readdir(join(here, "src/frames"))).sort(readable)) {
    const result = await build({
      entryPoints: [join(here, "src/frames", name)],
      bundle: true,
      write: false,
      minify: true,
      format: "iife",
      target: "es2020",
      charset: "utf8",
      legalComments: "inline",
      absWorkingDir: here,
    });
    emit(`players/${name}`, result.outputFiles[0].contents);
  }
}

/** Bundle one entry; with --keep a broken one gives its last build (or nothing). */
async function bundle(entry) {
  try {
    const result = await build({
      entryPoints: [join(here, "src/entries", entry)],
      bundle: true,
      write: false,
      minify: true,
      format: "esm",
      target: "es2017",
      charset: "utf8",
      legalComments: "inline",
      absWorkingDir: here,
    });
    return result.outputFiles[0].contents;
  } catch (error) {
    if (!process.argv.includes("--keep")) throw error;
    const last = JSON.parse(await readFile(join(out, "manifest.json"), "utf8"))[entry];
    console.error(`kept: ${entry}`);
    return last && readFile(join(out, last.file));
  }
}

async function committed(dir = out, prefix = "") {
  const found = new Map();
  for (const item of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    const path = join(dir, item.name);
    if (item.isDirectory()) for (const [k, v] of await committed(path, `${prefix}${item.name}/`)) found.set(k, v);
    else found.set(prefix + item.name, await readFile(path));
  }
  return found;
}

await fonts();
await drawings();
await styles();
await modules();
await frames();
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => readable(a, b)));
files.set("manifest.json", Buffer.from(JSON.stringify(sorted, null, 2) + "\n"));

/** Rewrite what THIRD_PARTY.md says about dist; the rest of that file is written by hand. */
async function thirdParty() {
  const path = join(here, "../THIRD_PARTY.md");
  const [open, close] = ["<!-- dist: written by frontend/build.mjs -->\n", "<!-- /dist -->"];
  const lock = JSON.parse(await readFile(join(here, "package-lock.json"), "utf8")).packages;
  const version = (name) => lock[`node_modules/${name}`].version;
  const source = (name) => {
    if (/golos-text/.test(name)) return ["@fontsource/golos-text", "OFL-1.1"];
    if (/andika/.test(name)) return ["@fontsource/andika", "OFL-1.1"];
    if (/players\/scorm/.test(name)) return ["scorm-again", "MIT"];
    if (/players\/model/.test(name)) return ["@google/model-viewer", "Apache-2.0"];
    return ["govuk-frontend", "MIT"];
  };
  const said = (name) => {
    if (name === "app.css") return " (parts, compiled with our own styles)";
    return name.startsWith("players/") ? " (compiled with our own few lines)" : "";
  };
  const rows = Object.entries(sorted)
    .filter(([name]) => /^(fonts\/|players\/(scorm|model)|app\.css$)/.test(name))
    .map(([name, { file, sha256 }]) => {
      const [from, licence] = source(name);
      return `| \`${file}\` | ${from} ${version(from)}${said(name)} | ${licence} | \`${sha256}\` |`;
    });
  const table = ["| file in `lms/core/static/dist` | from | licence | sha256 |", "|---|---|---|---|", ...rows, ""].join("\n");
  const old = await readFile(path, "utf8");
  const [before, rest] = old.split(open);
  return { path, old, text: before + open + table + close + rest.split(close)[1] };
}

const notices = await thirdParty();
if (process.argv.includes("--check")) {
  if (notices.old !== notices.text) console.error("differs: THIRD_PARTY.md");
  const old = await committed();
  const names = new Set([...old.keys(), ...files.keys()]);
  const different = [...names].filter((n) => !(old.has(n) && files.has(n) && old.get(n).equals(files.get(n))));
  for (const name of different) console.error(`differs: ${name}`);
  if (notices.old !== notices.text) different.push("THIRD_PARTY.md");
  console.log(different.length ? "dist is stale: run npm run build" : `dist is fresh: ${files.size} files`);
  process.exit(different.length ? 1 : 0);
}
await rm(out, { recursive: true, force: true });
for (const [name, bytes] of files) {
  await mkdir(dirname(join(out, name)), { recursive: true });
  await writeFile(join(out, name), bytes);
}
await writeFile(notices.path, notices.text);
console.log(`${files.size} files → lms/core/static/dist`);
