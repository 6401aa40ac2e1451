// The last wishes, in this browser's own store; where it may not be used, they live as long as the page.
const NAME = "tts-history";
const MOST = 10;
let held = [];

export function kept(name, fallback, store = "localStorage") {
  try {
    return JSON.parse(window[store].getItem(name)) ?? fallback;
  } catch (error) {
    return fallback;
  }
}

export function keep(name, value, store = "localStorage") {
  try {
    window[store].setItem(name, JSON.stringify(value));
  } catch (error) {
    // A private window or a full store: nothing is lost but the memory of it.
  }
}

export function past() {
  const found = kept(NAME, held);
  return Array.isArray(found) ? found.filter((wish) => wish && typeof wish.input === "string") : [];
}

export function remember(wish) {
  const same = JSON.stringify(wish);
  held = [wish, ...past().filter((other) => JSON.stringify(other) !== same)].slice(0, MOST);
  keep(NAME, held);
}

export function forget() {
  held = [];
  keep(NAME, held);
}
