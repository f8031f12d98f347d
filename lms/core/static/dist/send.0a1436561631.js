document.querySelector("[data-send]").submit();
