// Runs before anything is drawn: the page now knows that scripts work, so that tabs need not show all at once first.
document.documentElement.dataset.js = "";
