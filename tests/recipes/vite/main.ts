import 'packetwalk';
import { create, type Options } from 'packetwalk/element';
import poster from 'packetwalk/posters/container-to-container.en.svg';

const options: Options = {
  scenario: 'container-to-container',
  views: ['stage', 'log'],
  markers: [{ at: 'filter:FORWARD', label: 'the decision' }],
  preload: 'eager',
};
const walk = create(options, document.getElementById('here'));
walk.addEventListener('step', ({ detail }) => {
  document.title = detail.sentence;
});
const picture = document.createElement('img');
picture.src = poster;
picture.alt = '';
document.body.append(picture);
// The element is known to the compiler by its name.
const lesson = document.querySelector('packet-walk');
lesson?.pause();
