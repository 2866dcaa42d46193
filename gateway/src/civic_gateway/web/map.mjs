// The map's files: its program and worker, its styles, and an outline of the country for where no tiles are set.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";
import { feature } from "topojson-client";

// What is drawn: the country and what of its neighbours lies around it.
const WEST = 3, SOUTH = 45, EAST = 18, NORTH = 57;

export async function mapFiles({ here, modules, target, minified }) {
  const bundled = await build({
    entryPoints: [join(here, "map/view.js")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    legalComments: "none",
    target,
    nodePaths: [modules],
  });
  const styles = await readFile(join(modules, "maplibre-gl/dist/maplibre-gl.css"), "utf8");
  const worker = await readFile(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"));
  const atlas = JSON.parse(await readFile(join(modules, "world-atlas/countries-10m.json"), "utf8"));
  return {
    "map-view.js": Buffer.from(bundled.outputFiles[0].contents),
    "map-worker.js": worker,
    "map-view.css": await minified(styles, "css"),
    "map-land.json": Buffer.from(JSON.stringify(outline(atlas))),
  };
}

function outline(atlas) {
  const countries = feature(atlas, atlas.objects.countries).features;
  const lines = countries.flatMap(({ geometry }) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const near = polygons.filter(([ring]) => ring.some(inside)).map((rings) => rings.map(rounded));
    return near.length ? [{ type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: near } }] : [];
  });
  return { type: "FeatureCollection", features: lines };
}

const inside = ([lon, lat]) => lon >= WEST && lon <= EAST && lat >= SOUTH && lat <= NORTH;

// Points far away need no detail, and three decimals are a hundred metres.
function rounded(ring) {
  const kept = ring.filter((point, index) => inside(point) || index % 25 === 0 || index === ring.length - 1);
  return kept.map(([lon, lat]) => [Number(lon.toFixed(3)), Number(lat.toFixed(3))]);
}
