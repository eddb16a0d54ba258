"use strict";

// Sends a file and shows how much of it has been sent.
(() => {
  const form = document.getElementById("upload");
  const progress = document.getElementById("progress");
  const result = document.getElementById("result");
  const button = form.querySelector("button");

  const end = (text) => {
    button.disabled = false;
    result.textContent = text;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    button.disabled = true;
    result.textContent = "";
    progress.hidden = false;
    progress.value = 0;
    progress.dataset.steps = 0;
    request.upload.onprogress = (step) => {
      if (!step.lengthComputable) return;
      progress.value = (100 * step.loaded) / step.total;
      progress.dataset.steps = Number(progress.dataset.steps) + 1;
    };
    request.onload = () => {
      if (request.status !== 200) return end(form.dataset.failed);
      const [file] = JSON.parse(request.responseText).files;
      end(`${file.name}: ${file.size} bytes, SHA-256 ${file.sha256}`);
    };
    request.onerror = () => end(form.dataset.failed);
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("X-XSRFToken", form.dataset.token);
    request.send(new FormData(form));
  });
})();
