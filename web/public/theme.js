// Before the first paint, so that the page never flashes in the other theme. Inline it would need a hole in the policy.
const chosen = localStorage.getItem('parley.theme')
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
