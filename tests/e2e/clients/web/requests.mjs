// XMLHttpRequest as far as strophe.js needs it, on node's fetch: node has none of its own.
export class XMLHttpRequest {
  readyState = 0;
  status = 0;
  responseText = '';
  responseXML = null;
  onreadystatechange = () => {};
  #fields = {};
  #aborter = new AbortController();

  open(method, url) {
    this.#become(1, { method, url });
  }

  setRequestHeader(name, value) {
    this.#fields[name] = value;
  }

  getAllResponseHeaders() {
    return '';
  }

  async send(body) {
    try {
      const { method, url } = this;
      const response = await fetch(url, { method, body, headers: this.#fields, signal: this.#aborter.signal });
      const responseText = await response.text();
      const responseXML = responseText ? new DOMParser().parseFromString(responseText, 'text/xml') : null;
      this.#become(4, { status: response.status, responseText, responseXML });
    } catch {
      this.#become(4);
    }
  }

  abort() {
    this.#aborter.abort();
  }

  #become(readyState, facts = {}) {
    Object.assign(this, facts, { readyState });
    this.onreadystatechange();
  }
}
