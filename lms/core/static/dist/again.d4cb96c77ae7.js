setTimeout(()=>{let o=document.querySelector("form[data-again]");o?o.requestSubmit():location.reload()},4e3+Math.random()*8e3);
