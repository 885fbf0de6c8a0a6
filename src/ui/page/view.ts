/** One view of the page. */
export interface View {
  readonly title: string;
  /**
   * Fills the empty main element, and returns a function that is called when the view is left. `report` shows a message about the
   * connection; an empty one hides it.
   */
  readonly open: (main: HTMLElement, report: (message: string) => void) => () => void;
}
