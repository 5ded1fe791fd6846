// What was sent from this page changes it: nothing streams here, so it is asked for anew.

document.addEventListener("sent", () => location.reload());
