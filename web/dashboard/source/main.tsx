import { render } from "preact";
import { App } from "./app.tsx";
import { findConsole } from "./state/console.ts";
import { watchStatus } from "./state/session.ts";
import "./styles/colors.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/controls.css";
import "./styles/tables.css";
import "./styles/pages.css";

watchStatus();
void findConsole();
render(<App />, document.getElementById("app")!);
