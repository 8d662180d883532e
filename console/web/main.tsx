import { render } from 'preact';
import { App } from './app.tsx';
import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import './style/charts.css';
import './style/graph.css';
import './style/lists.css';
import './style/models.css';
import './style/answers.css';

render(<App />, document.getElementById('app')!);
