"use strict";
const values = [];
const source = new EventSource("/load");
source.addEventListener("load", (event) => {
  const load = JSON.parse(event.data).load;
  document.getElementById("now").textContent = load.toFixed(2);
  values.push(load);
  if (values.length > 60) values.shift();
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => `${index},${100 - (95 * value) / top}`);
  document.getElementById("line").setAttribute("points", points.join(" "));
});
