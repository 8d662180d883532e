import { render } from 'preact';
import { App } from './app.tsx';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import './style/graph.css';
import './style/lists.css';

render(<App />, document.getElementById('app')!);
