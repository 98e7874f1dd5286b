// A table that is updated in place: sorted by its columns' buttons, filtered by a text, 50 rows at a
// time. Names are whatever a process chose: they are only ever set as text.
import * as format from './format.js';

export const PAGE_ROWS = 50;

export function make(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** With roles of their own: where they are shown as cards, they are no table by their looks. */
function rowOf(cell, className = '') {
  const row = make('tr', {className}, cell);
  row.setAttribute('role', 'row');
  cell.setAttribute('role', 'cell');
  return row;
}

/** Only where it changed: what is selected or read aloud stays as it is. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function compare(a, b) {
  if (a === null || b === null || a === undefined || b === undefined) {
    return (a === null || a === undefined ? 1 : 0) - (b === null || b === undefined ? 1 : 0);
  }
  return typeof a === 'string' ? a.localeCompare(b, 'en', {numeric: true}) : a - b;
}

/**
 * columns: {id, title, value(row): what it is sorted by, text(row) or draw(cell, row), numeric,
 *           shown(rows): whether there is anything to show}.
 * options: {key(row), noun: [one, many], sort: [id, descending], filter: text of a label,
 *           words(row): what the filter looks at, detail: {make(row), update(element, row)}, empty}.
 */
export class Table {
  constructor(section, columns, options) {
    this.columns = columns;
    this.options = options;
    this.table = section.querySelector('table');
    this.pager = section.querySelector('.pager');
    this.rows = [];
    this.shown = new Map();
    this.open = new Set();
    this.page = 0;
    [this.by, this.descending] = options.sort || [columns[0].id, false];
    this.table.setAttribute('role', 'table');
    this.head = this.table.createTHead();
    this.body = this.table.createTBody();
    for (const group of [this.head, this.body]) {
      group.setAttribute('role', 'rowgroup');
    }
    this.makeHead();
    if (options.filter) {
      this.makeFilter(section.querySelector('.tools'));
    }
    this.makePager();
  }

  makeHead() {
    const row = make('tr');
    row.setAttribute('role', 'row');
    for (const column of this.columns) {
      const cell = make('th', {scope: 'col', className: column.numeric ? 'number' : ''});
      cell.setAttribute('role', 'columnheader');
      cell.dataset.column = column.id;
      if (column.value) {
        cell.append(make('button', {type: 'button', textContent: column.title,
          onclick: () => this.sortBy(column)}));
      } else {
        cell.textContent = column.title;
      }
      row.append(cell);
    }
    this.head.replaceChildren(row);
  }

  makeFilter(tools) {
    const label = make('label', {textContent: this.options.filter});
    this.input = make('input', {type: 'search', autocomplete: 'off', spellcheck: false,
      oninput: () => {
        this.page = 0;
        this.draw();
      }});
    label.append(this.input);
    tools.append(label);
  }

  makePager() {
    if (!this.pager) {
      return;
    }
    const turn = (by) => () => {
      this.page += by;
      this.draw();
    };
    const many = this.options.noun[1];
    this.previous = make('button', {type: 'button', textContent: `Previous ${many}`, onclick: turn(-1)});
    this.next = make('button', {type: 'button', textContent: `Next ${many}`, onclick: turn(1)});
    this.position = make('span');
    this.pager.append(this.previous, this.position, this.next);
  }

  sortBy(column) {
    this.descending = this.by === column.id ? !this.descending : Boolean(column.numeric);
    this.by = column.id;
    this.draw();
  }

  /** Shows the rows that have this in them. */
  filter(text) {
    this.input.value = text;
    this.page = 0;
    this.draw();
    this.input.focus();
  }

  /** `total`: how many there are, if not all of them are here. */
  update(rows, total = rows.length) {
    this.rows = rows;
    this.total = total;
    this.draw();
  }

  selected() {
    const wanted = this.input ? this.input.value.trim().toLowerCase() : '';
    const column = this.columns.find(({id}) => id === this.by);
    const rows = wanted
      ? this.rows.filter((row) => this.options.words(row).toLowerCase().includes(wanted)) : [...this.rows];
    const value = column.value;
    return rows.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const unknown = [x, y].some((each) => each === null || each === undefined);
      return (this.descending && !unknown ? compare(y, x) : compare(x, y)) ||
        compare(this.options.key(a), this.options.key(b));
    });
  }

  draw() {
    const rows = this.selected();
    const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const first = this.page * PAGE_ROWS;
    this.visible = this.columns.filter(({shown}) => !shown || shown(this.rows));
    this.head.hidden = this.rows.length === 0;
    this.drawHead();
    this.drawRows(rows.slice(first, first + PAGE_ROWS));
    this.drawPager(rows.length, first, pages);
  }

  drawHead() {
    for (const cell of this.head.rows[0].cells) {
      const column = this.columns.find(({id}) => id === cell.dataset.column);
      cell.hidden = !this.visible.includes(column);
      if (column.value) {
        const order = this.descending ? 'descending' : 'ascending';
        cell.setAttribute('aria-sort', column.id === this.by ? order : 'none');
      }
    }
  }

  drawRows(rows) {
    const focused = document.activeElement;
    const elements = [];
    const shown = new Map();
    for (const row of rows) {
      const key = this.options.key(row);
      const known = this.shown.get(key) || this.makeRow(key);
      shown.set(key, known);
      this.fillRow(known, row);
      elements.push(known.row, ...this.detailOf(known, key, row));
    }
    this.shown = shown;
    if (elements.length === 0) {
      const cell = make('td', {colSpan: this.visible.length, className: 'empty',
        textContent: this.rows.length > 0 ? 'None of them has that.' : this.options.empty});
      elements.push(rowOf(cell));
    }
    const now = [...this.body.children];
    if (now.length !== elements.length || now.some((element, i) => element !== elements[i])) {
      this.body.replaceChildren(...elements);
      if (focused && focused !== document.activeElement && this.body.contains(focused)) {
        focused.focus({preventScroll: true});
      }
    }
  }

  makeRow(key) {
    const row = make('tr');
    row.dataset.key = key;
    row.setAttribute('role', 'row');
    return {row, cells: new Map(), detail: null};
  }

  fillRow(known, row) {
    for (const column of this.columns) {
      let cell = known.cells.get(column.id);
      if (!cell) {
        cell = make(column.header ? 'th' : 'td', {className: column.numeric ? 'number' : ''});
        cell.setAttribute('role', column.header ? 'rowheader' : 'cell');
        cell.dataset.column = column.id;
        cell.dataset.label = column.title;
        known.cells.set(column.id, cell);
        known.row.append(cell);
      }
      cell.hidden = !this.visible.includes(column);
      if (column.draw) {
        column.draw(cell, row, this);
      } else {
        setText(cell, column.text(row));
      }
    }
  }

  isOpen(key) {
    return this.open.has(key);
  }

  toggle(key) {
    if (!this.open.delete(key)) {
      this.open.add(key);
    }
    this.draw();
  }

  detailOf(known, key, row) {
    if (!this.options.detail || !this.open.has(key)) {
      known.detail = null;
      return [];
    }
    if (!known.detail) {
      const cell = make('td');
      known.detail = rowOf(cell, 'detail');
      cell.append(this.options.detail.make(row));
    }
    const cell = known.detail.firstChild;
    cell.colSpan = this.visible.length;
    this.options.detail.update(cell.firstChild, row);
    return [known.detail];
  }

  drawPager(count, first, pages) {
    if (!this.pager) {
      return;
    }
    const [one, many] = this.options.noun;
    const until = Math.min(first + PAGE_ROWS, count);
    const unlisted = this.total - this.rows.length;
    let text = pages > 1 ? `${first + 1}–${until} of ${format.plural(count, one, many)}`
      : format.plural(count, one, many);
    if (unlisted > 0) {
      text += `; ${format.count(unlisted)} more are not listed`;
    }
    setText(this.position, text);
    this.pager.hidden = pages === 1 && unlisted <= 0 && count < 2;
    for (const [button, hidden] of [[this.previous, pages === 1], [this.next, pages === 1]]) {
      button.hidden = hidden;
    }
    this.previous.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
  }
}
