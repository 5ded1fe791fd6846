// Buttons that copy: data-copies holds the text. The button says that it did.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copies);
    button.textContent = "✓";
  } catch {
    const range = document.createRange(); // no clipboard without HTTPS: mark the text for the reader to copy
    const text = button.parentElement.querySelector("code");
    if (!text) return;
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  setTimeout(() => (button.textContent = words), 2000);
});
