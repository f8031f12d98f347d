// Texts come from the page (data-words, already in the reader's language); here they are only put together.

/** Fill `{name}` holes. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? values[name] : hole));
}

/** Return a function that finds a text by its key and fills it. */
export function wordsOf(element) {
  const texts = JSON.parse(element.dataset.words || "{}");
  const language = document.documentElement.lang || "ru";
  const plural = new Intl.PluralRules(language);
  const say = (key, values) => fill(texts[key] || "", values);
  say.count = (key, n, values) => {
    const forms = texts[key] || {};
    return fill(forms[plural.select(n)] || forms.other || "", { n, ...values });
  };
  say.time = (moment) =>
    new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: texts.timezone }).format(moment);
  return say;
}
