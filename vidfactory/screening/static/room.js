"use strict";
// All of the room works without this: links to a moment then load the page anew, and what is out of date is a page.

const film = document.querySelector("video");

for (const link of document.querySelectorAll("a[data-second]")) {
  link.addEventListener("click", (event) => {
    if (!film || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    film.currentTime = Number(link.dataset.second);
    film.play().catch(() => {}); // a browser that does not want to play yet stands at the moment all the same
    film.scrollIntoView({ block: "nearest" });
    film.focus({ preventScroll: true });
  });
}

const due = document.querySelector("#due[data-address]");
if (due) {
  fetch(due.dataset.address)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((page) => due.replaceWith(new DOMParser().parseFromString(page, "text/html").querySelector("#due")))
    .catch(() => {}); // the link that stands there still leads to the answer
}
