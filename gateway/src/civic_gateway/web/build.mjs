// Static files of the portal: minified, named by their content, compressed once; web/static/manifest.json lists them.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { transform } from "esbuild";

import { withoutUtilities } from "./kern.mjs";
import { mapFiles } from "./map.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const modules = join(root, "node_modules");
const target = join(here, "static");
const fresh = join(here, "static.new");

const COMPRESSED = new Set([".css", ".js", ".svg", ".txt", ".json"]);
// A media type is needed here for every extension that is served.
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
};
const TARGET = ["chrome109", "firefox115", "safari15.6"];
const FONT = "@fontsource/fira-sans/files/fira-sans";

const manifest = {};

async function main() {
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const subset of ["latin", "latin-ext"]) {
    for (const weight of ["400", "600"]) {
      await emit(`fira-sans-${subset}-${weight}.woff2`, await package_(`${FONT}-${subset}-${weight}-normal.woff2`));
    }
  }
  for (const name of await readdir(join(here, "assets"))) {
    const content = await readFile(join(here, "assets", name));
    if (extname(name) === ".svg") await emit(name, content);
    if (extname(name) === ".js") await emit(name, await minified(content.toString(), "js"));
  }
  for (const [name, content] of Object.entries(await mapFiles({ here, modules, target: TARGET, minified }))) {
    await emit(name, content);
  }
  await emit("portal.css", await styles());
  await emit("licences.txt", Buffer.from(await licences()));
  await writeFile(join(fresh, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
  await replace();
}

// KERN first, the portal's own styles after it; addresses of fonts are the hashed ones.
async function styles() {
  const kern = withoutUtilities(await text("@kern-ux/native/dist/kern.css"));
  const parts = (await readdir(join(here, "assets"))).filter((name) => extname(name) === ".css").sort();
  const own = await Promise.all(parts.map((name) => readFile(join(here, "assets", name), "utf8")));
  const joined = [kern, ...own].join("\n").replaceAll(/url\("?static:([^")]+)"?\)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`portal.css asks for ${name}, which is not built`);
    return `url(${manifest[name].file})`;
  });
  return minified(joined, "css");
}

async function minified(source, loader) {
  const { code, warnings } = await transform(source, {
    loader,
    minify: true,
    legalComments: "none",
    target: TARGET,
    // Scripts of one page share its names: each keeps its own to itself.
    ...(loader === "js" ? { format: "iife" } : {}),
  });
  for (const warning of warnings) console.warn(warning.text);
  return Buffer.from(code);
}

async function emit(name, content) {
  const extension = extname(name);
  const type = TYPES[extension];
  if (!type) throw new Error(`${name}: no media type for ${extension}`);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const file = `${name.slice(0, -extension.length)}.${hash}${extension}`;
  await writeFile(join(fresh, file), content);
  if (COMPRESSED.has(extension)) {
    const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    await writeFile(join(fresh, `${file}.br`), brotliCompressSync(content, { params: parameters }));
    await writeFile(join(fresh, `${file}.gz`), gzipSync(content, { level: 9 }));
  }
  manifest[name] = { file, type };
}

async function licences() {
  const parts = [];
  for (const name of ["@kern-ux/native", "@fontsource/fira-sans"]) {
    const { version, license } = JSON.parse(await text(`${name}/package.json`));
    parts.push(`${name} ${version} (${license})`);
    for (const file of ["LICENSE", "LICENSE.md", "NOTICE"]) {
      const content = await text(`${name}/${file}`).catch(() => "");
      if (content) parts.push(content.trim());
    }
  }
  return parts.join("\n\n") + "\n";
}

// One rename apart from the old state: a gateway that starts meanwhile finds either all of it or nothing of it.
async function replace() {
  const old = join(here, "static.old");
  await rm(old, { recursive: true, force: true });
  await rename(target, old).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(fresh, target);
  await rm(old, { recursive: true, force: true });
}

const package_ = (path) => readFile(join(modules, path));
const text = async (path) => (await package_(path)).toString();

await main();
