// What only makes a page handier is fetched once its style is there: on a slow line the words come first.
// A module waits for the style sheets; what it adds is run in the order of the page, and counts as part of its loading.

document.querySelectorAll("template[data-script]").forEach((place) => {
  const script = document.createElement("script");
  script.type = "module";
  script.async = false;
  script.src = place.dataset.script;
  place.replaceWith(script);
});
