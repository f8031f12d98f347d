// What runs in a sealed frame knows of our page only what stands in the name of the frame, and tells it only what happened.

const MARK = "marshrut-player";

/** Return what our page said when it made this frame, and ways to answer; null in a frame that is not ours. */
export function home() {
  let said;
  try {
    said = JSON.parse(window.name);
  } catch {
    return null;
  }
  if (!said || said.for !== MARK) return null;
  return {
    ...said,
    tell: (more) => parent.postMessage({ for: MARK, nonce: said.nonce, ...more }, "*"),
    // The next page of the same package finds it there: our server is asked only when the frame is made.
    keep: (state) => {
      window.name = JSON.stringify({ ...said, state });
    },
  };
}

/** Give a package what a sealed frame takes from it: cookies and stores that last as long as the page. */
export function soften() {
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("");
    } catch {
      Object.defineProperty(window, name, { value: memory() });
    }
  }
  try {
    document.cookie;
  } catch {
    const jar = new Map();
    const write = (text) => jar.set(...text.split(";")[0].split(/=(.*)/s, 2));
    Object.defineProperty(document, "cookie", { get: () => [...jar].map((pair) => pair.join("=")).join("; "), set: write });
  }
}

function memory() {
  const kept = new Map();
  return {
    getItem: (name) => kept.get(String(name)) ?? null,
    setItem: (name, value) => void kept.set(String(name), String(value)),
    removeItem: (name) => void kept.delete(String(name)),
    clear: () => kept.clear(),
    key: (number) => [...kept.keys()][number] ?? null,
    get length() {
      return kept.size;
    },
  };
}
