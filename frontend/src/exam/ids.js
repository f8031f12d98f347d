/** Make a random UUID, also where the page is not served over TLS and crypto.randomUUID is missing. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Name this tab; the name survives a reload. */
export function tabId() {
  try {
    const known = sessionStorage.getItem("marshrut-tab");
    if (known) return known;
    const made = uuid();
    sessionStorage.setItem("marshrut-tab", made);
    return made;
  } catch (error) {
    return uuid();
  }
}
