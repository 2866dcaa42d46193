// What the portal and its sign-in pages take from KERN.

// Components and tokens are used; margin, grid and flex classes in five widths are two thirds of the file.
export function withoutUtilities(css) {
  const used = new Set(["kern-sr-only"]);
  const utility = /^\.kern-(?:[a-z]+-)*(?:row|col|m[trblxy]?|p[trblxy]?|gap|order|grid|flex|items|justify|align|place|self|basis|overflow|auto|aspect|float|object|position|z|w|h|min|max|stack|inline|block|hidden|visible|display|grow|shrink)(?:-[a-z0-9]+)*$/;
  return css.replaceAll(/^[ \t]*(\.[^\n{}]+)\{[^{}]*\}\n?/gm, (rule, selectors) => {
    const names = selectors.split(",").map((selector) => selector.trim());
    return names.every((name) => utility.test(name) && !used.has(name.slice(1))) ? "" : rule;
  });
}
