// A pin beside plain fields for latitude and longitude, which alone are sent: click, drag, arrow keys.
import { Marker } from "maplibre-gl";

import { areaOn } from "./area.js";
import { drawingOn } from "./draw.js";
import { degreesIn, fill } from "./fields.js";
import { mapIn } from "./ground.js";

const DECIMALS = 6;
const STEP = 10;
const WIDE_STEP = 60;
const NEAR = 15;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function placeIn(lat, lon) {
  const [north, east] = [degreesIn(lat), degreesIn(lon)];
  return north !== null && east !== null && Math.abs(north) <= 90 && Math.abs(east) <= 180 ? [east, north] : null;
}

// Where the page says that it happens, unless the pin lies elsewhere.
function edgesOf(section, place) {
  const edges = section.dataset.edges ? section.dataset.edges.split(",").map(Number) : null;
  if (!place) return edges;
  const [lon, lat] = place;
  const holds = edges && edges[0] <= lon && lon <= edges[2] && edges[1] <= lat && lat <= edges[3];
  return holds ? edges : [lon, lat, lon, lat];
}

function pinElement(words) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "map__pin";
  element.setAttribute("aria-label", words);
  element.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight ArrowUp ArrowDown Delete");
  // A click on the pin is none on the map below it.
  element.addEventListener("click", (event) => event.stopPropagation());
  return element;
}

export async function pin(section) {
  const [lat, lon] = [section.dataset.lat, section.dataset.lon].map((id) => document.getElementById(id));
  const map = mapIn(section, edgesOf(section, placeIn(lat, lon)), { maxZoom: NEAR });
  const element = pinElement(section.dataset.pin);
  const marker = new Marker({ element, anchor: "bottom", draggable: true });
  const told = section.querySelector("[data-map-text]");
  const remove = section.querySelector("[data-pin-remove]");
  let own = false;
  let waiting = 0;
  const tell = (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { told.textContent = text; }, 400);
  };
  const show = (place) => {
    remove.disabled = !place;
    if (!place) marker.remove();
    else marker.setLngLat(place);
    // Added again it would lose the focus.
    if (place && !element.isConnected) marker.addTo(map);
  };
  const put = (place) => {
    own = true;
    fill(lat, place ? place.lat.toFixed(DECIMALS) : "");
    fill(lon, place ? place.lng.toFixed(DECIMALS) : "");
    own = false;
    show(place);
    const words = place ? section.dataset.placed : section.dataset.removed;
    tell(words.replace("{lat}", lat.value).replace("{lon}", lon.value));
  };
  const move = (event) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      put(null);
      section.querySelector("[data-pin-set]").focus();
    } else if (event.key in ARROWS) {
      const step = event.shiftKey ? WIDE_STEP : STEP;
      const { x, y } = map.project(marker.getLngLat());
      const place = map.unproject([x + ARROWS[event.key][0] * step, y + ARROWS[event.key][1] * step]);
      put(place);
      if (!map.getBounds().contains(place)) map.panTo(place);
    } else {
      return;
    }
    event.preventDefault();
    // The map below would move with the same keys.
    event.stopPropagation();
  };
  element.addEventListener("keydown", move);
  marker.on("dragend", () => put(marker.getLngLat()));
  const taken = section.dataset.drawing ? drawingOn(map, section, tell) : () => false;
  map.on("click", (event) => taken(event.lngLat) || put(event.lngLat));
  section.querySelector("[data-pin-set]").addEventListener("click", () => {
    put(map.getCenter());
    element.focus();
  });
  remove.addEventListener("click", () => put(null));
  for (const field of [lat, lon]) {
    field.addEventListener("change", () => {
      const place = placeIn(lat, lon);
      if (own) return;
      show(place);
      if (place) map.jumpTo({ center: place, zoom: Math.max(map.getZoom(), NEAR - 2) });
    });
  }
  show(placeIn(lat, lon));
  section.querySelector("[data-pin-tools]").hidden = false;
  if (section.dataset.area) areaOn(map, section);
}
