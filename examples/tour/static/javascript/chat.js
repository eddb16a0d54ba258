"use strict";

// Keeps the list of messages live.  After a break it connects again and asks for what it missed.
(() => {
  const chat = document.querySelector(".chat");
  const list = document.getElementById("messages");
  const form = document.getElementById("say");
  const state = document.getElementById("state");
  const unsent = [];
  let socket = null;
  let pause = 500;

  const last = () => Math.max(0, ...[...list.children].map((item) => Number(item.dataset.id)));

  const show = (message) => {
    if (list.querySelector(`[data-id="${message.id}"]`)) return;
    const later = [...list.children].find((item) => Number(item.dataset.id) > message.id);
    if (later) later.insertAdjacentHTML("beforebegin", message.html);
    else list.insertAdjacentHTML("beforeend", message.html);
    list.scrollTop = list.scrollHeight;
  };

  const tell = (live) => {
    state.classList.toggle("on", live);
    state.textContent = live ? state.dataset.live : state.dataset.waiting;
  };

  const connect = () => {
    const url = new URL(chat.dataset.socket, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("after", last());
    socket = new WebSocket(url);
    socket.onopen = () => {
      pause = 500;
      tell(true);
      while (unsent.length) socket.send(unsent.shift());
    };
    socket.onmessage = (event) => show(JSON.parse(event.data));
    socket.onclose = (event) => {
      tell(false);
      if (event.code === 4401) return location.reload();
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, 10000);
    };
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = form.text.value.trim();
    if (!text) return;
    const message = JSON.stringify({ text });
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(message);
    else unsent.push(message);
    form.text.value = "";
  });

  list.scrollTop = list.scrollHeight;
  tell(false);
  connect();
})();
