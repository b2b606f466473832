import { Component, type ReactNode } from "react";
import { ErrorView } from "./ErrorView";

/**
 * Guard keeps a part of the page that fails from taking the rest with it: it says
 * what happened and draws the part anew on demand, or when again changes.
 */
export class Guard extends Component<{ children: ReactNode; what: string; again?: unknown }, { error: Error | null; at?: unknown }> {
  state: { error: Error | null; at?: unknown } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: { again?: unknown }, state: { error: Error | null; at?: unknown }) {
    return state.at === props.again ? null : { error: null, at: props.again };
  }

  render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <ErrorView fault={{ code: "internal", message: `${this.props.what} could not be drawn`, cause: error.message, remedy: "Try again; if it stays so, load the page anew. Tabs and texts are saved." }}
        retry={() => this.setState({ error: null })} />
    );
  }
}
