// Counting a vote per group: the sums, who is left for when some are against, and the casting vote only at a tie.
// Markup: tally_table in macros/commands.html.

const number = (input) => Number(input.value) || 0;
const total = (inputs) => [...inputs].reduce((sum, input) => sum + number(input), 0);

function count(table) {
  const inFavour = total(table.querySelectorAll("[data-in-favour]"));
  const against = total(table.querySelectorAll("[data-against]"));
  table.querySelector("[data-sum-for]").textContent = inFavour;
  table.querySelector("[data-sum-against]").textContent = against;
  const casting = table.parentElement.querySelector("[data-casting]");
  const tie = inFavour === against;
  casting?.toggleAttribute("data-tie", tie);
  if (!tie) for (const choice of casting?.querySelectorAll("input") ?? []) choice.checked = false;
}

document.addEventListener("input", (event) => {
  const table = event.target.closest("[data-tally]");
  if (!table) return;
  const row = event.target.closest("[data-size-of]");
  if (row && event.target.matches("[data-against]")) {
    row.querySelector("[data-in-favour]").value = Math.max(0, Number(row.dataset.sizeOf) - number(event.target));
  }
  count(table);
});
