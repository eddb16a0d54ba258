"use strict";
const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
socket.onmessage = (event) => {
  const entry = document.createElement("article");
  entry.textContent = event.data;
  document.getElementById("entries").append(entry);
};
document.getElementById("say").onsubmit = (event) => {
  event.preventDefault();
  const input = event.target.text;
  socket.send(input.value);
  input.value = "";
};
