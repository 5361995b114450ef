import './css/tokens.css';
import './css/base.css';
import './css/code.css';
import './css/fonts.css';
import { mount } from 'svelte';
import Root from './Root.svelte';
import { followVisualViewport } from './ui/viewport.ts';

followVisualViewport();
mount(Root, { target: document.getElementById('app')! });
