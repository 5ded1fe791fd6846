// The preview pictures, asked for anew every other second while somebody looks; none behind closed doors.

function renew(picture) {
  const fresh = new Image();
  const address = `${picture.src.split("?")[0]}?${Date.now()}`;
  fresh.addEventListener("load", () => {
    picture.src = fresh.src;
    picture.hidden = false;
  });
  fresh.addEventListener("error", () => (picture.hidden = true));
  fresh.src = address;
}

function renewAll() {
  if (!document.hidden) for (const picture of document.querySelectorAll("[data-preview]")) renew(picture);
}

renewAll();
setInterval(renewAll, 2000);
