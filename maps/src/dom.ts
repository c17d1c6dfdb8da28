/** Elements without markup strings: text from the catalogue is never read as HTML. */

type Child = Node | string | null | undefined;
type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

/** An element with attributes; `true` sets an empty attribute, `false` and null set none. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/** The same element, listening. */
export function on<E extends HTMLElement>(element: E, listeners: Listeners): E {
  for (const [name, listener] of Object.entries(listeners)) {
    element.addEventListener(name, listener as EventListener);
  }
  return element;
}

export function button(
  label: string,
  press: () => void,
  attributes: Record<string, string | boolean | null> = {},
): HTMLButtonElement {
  return on(el("button", { type: "button", ...attributes }, label), { click: press });
}

let announcer: HTMLElement | null = null;

/** The element that `announce` speaks through; to be put into the page once. */
export function announcerElement(): HTMLElement {
  announcer = el("div", { class: "sr-only", role: "status", "aria-live": "polite" });
  return announcer;
}

/** Tell a screen reader. */
export function announce(text: string): void {
  if (announcer !== null) announcer.textContent = text;
}

/** Run `act` once `wait_ms` have passed without another call. */
export function debounced<A extends unknown[]>(
  wait_ms: number,
  act: (...args: A) => void,
): (...args: A) => void {
  let timer: number | undefined;
  return (...args) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => act(...args), wait_ms);
  };
}
