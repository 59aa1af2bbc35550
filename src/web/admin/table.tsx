// A table as administration has them: a title a column, and a line for each of what there is.

import type { ComponentChildren } from "preact";

interface TableProps {
  titles: readonly string[];
  /** The element that names it, where there is one. */
  labelled_by?: string;
  /** Each line ends with what can be done. */
  has_actions?: boolean;
  children: ComponentChildren;
}

export function Table({ titles, labelled_by, has_actions = false, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page is scrolled by keyboard, too.
    <div class="table-box" tabIndex={0}>
      <table class="list" aria-labelledby={labelled_by}>
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {has_actions && <td />}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
