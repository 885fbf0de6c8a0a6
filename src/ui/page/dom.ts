/** Creates elements. All text becomes text nodes, so foreign text cannot become markup. */

type Child = Node | string | undefined;

interface Attributes {
  readonly [name: string]: string | boolean | undefined;
}

/** An element with attributes and children. `true` sets an attribute without a value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** Foreign text, whose direction cannot change that of its surroundings. */
export function foreign(text: string): HTMLElement {
  return h("bdi", {}, text);
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = h("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", onClick);
  return element;
}
