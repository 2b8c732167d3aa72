"""Cameras and microphones of one device that can be told apart.

Chromium's fake devices all show and sound the same. These scripts ask for the real
(fake) device first, with all that may go wrong there, and put a picture or a tone of
the device's number in its place.
"""

import json

COLOURS = ((230, 180, 20), (150, 30, 170), (20, 160, 170))
TONES = (700, 1300, 2100)
ARGUMENT = "--use-fake-device-for-media-stream=device-count=3"

_SUBSTITUTE = """
  window.asked = [];
  const media = navigator.mediaDevices;
  const real = media.getUserMedia.bind(media);
  const substitute = (track) => {
    const number = Number(/\\d+$/.exec(track.label)?.[0] ?? 0);
    const [own, end] = track.kind === 'audio' ? sound(number) : picture(number);
    const stop = own.stop.bind(own);
    own.stop = () => { stop(); end(); track.stop(); };
    own.getSettings = () => track.getSettings();
    return own;
  };
  const sound = (number) => {
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, {frequency: tones[number]});
    const output = context.createMediaStreamDestination();
    oscillator.connect(new GainNode(context, {gain: 0.3})).connect(output);
    oscillator.start();
    return [output.stream.getAudioTracks()[0], () => void context.close()];
  };
  const picture = (number) => {
    const canvas = Object.assign(document.createElement('canvas'), size);
    const pen = canvas.getContext('2d');
    const timer = setInterval(() => paint(pen, number), 66);
    return [canvas.captureStream().getVideoTracks()[0], () => clearInterval(timer)];
  };
  media.getUserMedia = async (constraints) => {
    window.asked.push(constraints);
    const stream = await real(constraints);
    return new MediaStream(stream.getTracks().map(substitute));
  };
"""

APART = f"""
(() => {{
  const colours = {json.dumps(COLOURS)}, tones = {json.dumps(TONES)};
  const size = {{width: 320, height: 240}};
  const paint = (pen, number) => {{
    pen.fillStyle = `rgb(${{colours[number]}})`;
    pen.fillRect(0, 0, size.width, size.height);
  }};
  {_SUBSTITUTE}
}})();
"""
