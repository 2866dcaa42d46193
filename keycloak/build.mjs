// Puts KERN's tokens, components and the portal's font beside the login theme; they are installed, never committed.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

import { withoutUtilities } from "../gateway/src/civic_gateway/web/kern.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../node_modules");
const target = join(here, "themes/civic/login/resources/kern");
const SUBSETS = {
  "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+2074, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD",
  "latin-ext": "U+0100-024F, U+0259, U+1E00-1EFF, U+2020, U+20A0-20AB, U+20AD-20CF, U+2113, U+2C60-2C7F, U+A720-A7FF",
};
const WEIGHTS = [400, 600];

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const faces = [];
for (const [subset, range] of Object.entries(SUBSETS)) {
  for (const weight of WEIGHTS) {
    const name = `fira-sans-${subset}-${weight}.woff2`;
    const file = `@fontsource/fira-sans/files/fira-sans-${subset}-${weight}-normal.woff2`;
    await writeFile(join(target, name), await readFile(join(modules, file)));
    faces.push(`@font-face { font-family: "Fira Sans"; font-weight: ${weight}; font-display: swap; src: url("${name}") format("woff2"); unicode-range: ${range}; }`);
  }
}
// The same width as Fira Sans, so that nothing moves when the font arrives.
faces.push(`@font-face { font-family: "Fira Sans Fallback"; src: local("Arial"), local("Liberation Sans"), local("Helvetica"); size-adjust: 101.5%; ascent-override: 92%; descent-override: 26%; line-gap-override: 0%; }`);
const kern = withoutUtilities(await readFile(join(modules, "@kern-ux/native/dist/kern.css"), "utf8"));
const { code } = await transform([...faces, kern].join("\n"), { loader: "css", minify: true, legalComments: "none" });
await writeFile(join(target, "kern.css"), code);
