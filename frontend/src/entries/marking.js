// Keys for those who mark many answers: all of them with a modifier, so that typing a comment never triggers one.

const go = (selector) => {
  const link = document.querySelector(selector);
  if (link) location.assign(link.href);
};

document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form[data-mark]");
  if (!form) return;
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    form.querySelector("[data-mark-save]").click();
  } else if (event.altKey && event.key === "PageDown") {
    event.preventDefault();
    go("[data-mark-after]");
  } else if (event.altKey && event.key === "PageUp") {
    event.preventDefault();
    go("[data-mark-before]");
  }
});
