// The script that authors include: it brings the simulator along.

import packed from 'packetwalk:module';
import { define } from './element.js';
import { unpack } from '../js/assets.js';
import { install } from './install.js';

install(define({ bytes: () => unpack(packed) }), document.currentScript);
