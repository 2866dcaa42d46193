// Plain fields that a map fills in and reads.
// As people write degrees: with a comma or a point.
export function degreesIn(field) {
  const text = field.value.trim().replace("°", "").replace(",", ".");
  const value = Number(text);
  return text && Number.isFinite(value) ? value : null;
}

export function fill(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
