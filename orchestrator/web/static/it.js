// The preview pictures, asked for anew every other second while somebody looks; none behind closed doors.

function renew(picture) {
  if (!picture.closest(".source").querySelector("[data-receiving]")) {
    picture.hidden = true;
    return;
  }
  const fresh = new Image();
  fresh.addEventListener("load", () => {
    picture.src = fresh.src;
    picture.hidden = false;
  });
  fresh.addEventListener("error", () => (picture.hidden = true));
  fresh.src = `${picture.dataset.preview}?${Date.now()}`;
}

function renewAll() {
  if (!document.hidden) for (const picture of document.querySelectorAll("[data-preview]")) renew(picture);
}

renewAll();
setInterval(renewAll, 2000);
