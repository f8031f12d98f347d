document.querySelectorAll("template[data-script]").forEach(e=>{let t=document.createElement("script");t.type="module",t.async=!1,t.src=e.dataset.script,e.replaceWith(t)});
