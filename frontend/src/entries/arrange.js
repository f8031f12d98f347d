// Move an item of a plan to another part of the year by dragging: its own form «Move to» is sent, as the menu does.

const MARK = "plan-item";

function install(period) {
  const number = period.dataset.period;
  period.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes(MARK)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    period.classList.add("squares");
  });
  period.addEventListener("dragleave", (event) => {
    if (!period.contains(event.relatedTarget)) period.classList.remove("squares");
  });
  period.addEventListener("drop", (event) => {
    event.preventDefault();
    period.classList.remove("squares");
    const select = document.getElementById(event.dataTransfer.getData(MARK));
    if (!select || select.value === number) return;
    select.value = number;
    select.form.requestSubmit();
  });
}

document.querySelectorAll("[data-period]").forEach(install);
document.querySelectorAll("[data-drag]").forEach((item) => {
  item.draggable = true;
  item.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData(MARK, item.dataset.drag);
    event.dataTransfer.effectAllowed = "move";
  });
});
