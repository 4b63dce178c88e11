// The script that authors include: it brings the simulator along.

import packed from 'packetwalk:module';
import { define } from './element.js';
import { unpack } from '../js/assets.js';
import { joined } from '../js/joined.js';
import { install } from './install.js';

const script = document.currentScript;
const base = script instanceof HTMLScriptElement && script.src ? script.src : document.baseURI;
install(define({ bytes: () => unpack(packed).then(joined), base }), script);
