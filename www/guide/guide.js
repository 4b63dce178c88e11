// What the guide says of events, done: the words of each step are shown.

const walk = document.getElementById('told');
const heard = document.getElementById('heard');
walk?.addEventListener('step', (event) => {
  if (heard) heard.textContent = /** @type {CustomEvent} */ (event).detail.sentence;
});
