// A list of which only the rows in view exist. It is one stop for the Tab key; the arrows move inside.

class VirtualList {
  /** `make(row)` gives the contents of a row, `open(row)` is told what was chosen; all rows are `height` px high. */
  constructor({ label, height, make, open, scrolled }) {
    this.height = height;
    this.make = make;
    this.opened = open;
    this.scrolled = scrolled;
    this.rows = [];
    this.current = -1;
    this.shown = new Map();
    this.space = h('div', { class: 'space', role: 'presentation' });
    this.empty = h('p', { class: 'empty', text: 'Nothing matches the filters.', hidden: true });
    this.element = h('div', { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': label, id: `list${VirtualList.made++}` }, this.space);
    this.draw = framed(() => this.render());
    this.element.addEventListener('scroll', this.draw, { passive: true });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('click', (event) => {
      const place = event.target.closest('[data-at]');
      if (place) this.choose(Number(place.dataset.at), true);
    });
    new ResizeObserver(this.draw).observe(this.element);
  }

  static made = 0;

  set(rows, keep) {
    this.rows = rows;
    this.shown.forEach((element) => element.remove());
    this.shown.clear();
    this.space.style.height = `${rows.length * this.height}px`;
    this.empty.hidden = rows.length > 0;
    this.current = keep ? rows.indexOf(keep) : -1;
    if (this.current < 0) this.element.scrollTop = 0;
    this.render();
  }

  render() {
    const { scrollTop, clientHeight } = this.element;
    if (!clientHeight) return;
    const from = Math.max(0, Math.floor(scrollTop / this.height) - 5);
    const to = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / this.height) + 5);
    for (const [at, element] of this.shown) {
      if (at < from || at >= to) {
        element.remove();
        this.shown.delete(at);
      }
    }
    for (let at = from; at < to; at++) {
      if (this.shown.has(at)) continue;
      const element = h('div', {
        class: 'row', role: 'option', id: `${this.element.id}-${at}`, 'aria-setsize': this.rows.length, 'aria-posinset': at + 1,
        'aria-selected': String(at === this.current), data: { at }, style: { top: `${at * this.height}px`, height: `${this.height}px` },
      });
      element.append(this.make(this.rows[at]));
      this.shown.set(at, element);
      this.space.append(element);
    }
    this.scrolled?.(scrollTop / this.height, clientHeight / this.height);
  }

  /** Draws the rows again that are in view. */
  redraw() {
    for (const [at, element] of this.shown) element.replaceChildren(this.make(this.rows[at]));
  }

  choose(at, open) {
    if (at < 0 || at >= this.rows.length) return;
    this.shown.get(this.current)?.setAttribute('aria-selected', 'false');
    this.current = at;
    this.reveal(at);
    this.render();
    this.shown.get(at)?.setAttribute('aria-selected', 'true');
    this.element.setAttribute('aria-activedescendant', `${this.element.id}-${at}`);
    if (open) this.opened(this.rows[at]);
  }

  chooseRow(row) {
    this.choose(this.rows.indexOf(row), false);
  }

  reveal(at) {
    const top = at * this.height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.element.scrollTop = top + this.height - clientHeight;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const last = this.rows.length - 1;
    const targets = {
      ArrowDown: this.current + 1, j: this.current + 1, ArrowUp: this.current - 1, k: this.current - 1,
      PageDown: Math.min(last, this.current + page), PageUp: Math.max(0, this.current - page), Home: 0, End: last,
    };
    if (event.key in targets) this.choose(Math.min(last, Math.max(0, targets[event.key])), true);
    else if (event.key === 'Enter' || event.key === ' ') this.choose(Math.max(0, this.current), true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
