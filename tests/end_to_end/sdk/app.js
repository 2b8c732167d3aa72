// An app built on the ConnectyCube SDK as its documentation shows: what it is told
// happens by the functions of `app`, what the SDK tells it is kept in `app.events`.

const SDK = window.ConnectyCube.default ?? window.ConnectyCube;
const STATES = ['undefined', 'connecting', 'connected', 'failed', 'disconnected', 'closed', 'completed'];
const SIZE = { width: 320, height: 240 };

const events = [];
const sessions = new Map();
const remember = (type, session, user, more = {}) => {
  if (session) sessions.set(session.ID, session);
  events.push({ type, session: session?.ID ?? null, user: user ?? null, ...more });
};

// What camera and microphone of this app give: one colour, one tone. It swells as
// speech does, for browsers take a steady tone for noise.
function fakeDevices(colour, frequency) {
  const canvas = Object.assign(document.createElement('canvas'), SIZE);
  const context = canvas.getContext('2d');
  const paint = () => {
    context.fillStyle = colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    // A picture that doesn't change at all is not captured again.
    context.fillStyle = `rgb(255 255 255 / ${(performance.now() % 100) / 1000})`;
    context.fillRect(0, 0, 2, 2);
  };
  paint();
  setInterval(paint, 66);
  window.app.resize = (width, height) => void Object.assign(canvas, { width, height });
  const audio = new AudioContext();
  const oscillator = new OscillatorNode(audio, { frequency });
  const loudness = new GainNode(audio, { gain: 0.25 });
  const swell = new OscillatorNode(audio, { frequency: 3 });
  const depth = new GainNode(audio, { gain: 0.25 });
  const microphone = new MediaStreamAudioDestinationNode(audio);
  swell.connect(depth).connect(loudness.gain);
  oscillator.connect(loudness).connect(microphone);
  oscillator.start();
  swell.start();
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    await audio.resume();
    const tracks = [];
    if (wanted.audio) tracks.push(...microphone.stream.clone().getAudioTracks());
    if (wanted.video) tracks.push(...canvas.captureStream(15).getVideoTracks());
    return new MediaStream(tracks);
  };
}

function show(user, stream) {
  const label = `User ${user}`;
  let video = document.querySelector(`video[aria-label="${label}"]`);
  if (!video) {
    video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, ...SIZE });
    video.setAttribute('aria-label', label);
    document.body.append(video);
  }
  video.srcObject = stream;
}

function listen() {
  const calls = SDK.videochat;
  calls.onCallListener = (session, extension) =>
    remember('call', session, session.initiatorID, {
      extension,
      video: session.callType === calls.CallType.VIDEO,
      opponents: session.opponentsIDs,
    });
  calls.onAcceptCallListener = (session, user, extension) => remember('accept', session, user, { extension });
  calls.onRejectCallListener = (session, user, extension) => remember('reject', session, user, { extension });
  calls.onStopCallListener = (session, user, extension) => remember('stop', session, user, { extension });
  calls.onUserNotAnswerListener = (session, user) => remember('not-answer', session, user);
  calls.onSessionCloseListener = (session) => remember('close', session);
  calls.onInvalidEventsListener = (session, user, extension) => remember('invalid', session, user, { extension });
  calls.onSessionConnectionStateChangedListener = (session, user, state) =>
    remember('connection-state', session, user, { state: STATES[state] });
  calls.onRemoteStreamListener = (session, user, stream) => {
    remember('remote-stream', session, user);
    show(user, stream);
  };
  SDK.chat.onDisconnectedListener = () => remember('chat-disconnected');
  SDK.chat.onReconnectListener = () => remember('chat-reconnected');
}

const media = (session) =>
  session.getUserMedia({ audio: true, video: session.callType === SDK.videochat.CallType.VIDEO });

window.app = {
  events,

  async login({ user, app, password, domain, websocket, api, colour, frequency, videochat }) {
    fakeDevices(colour, frequency);
    SDK.init(
      { appId: app, authKey: 'none', authSecret: 'none' },
      {
        endpoints: { api_url: api ?? 'http://localhost:1', chat: domain, chat_url: websocket },
        chat: { reconnect: { enable: true, timeInterval: 1 } },
        videochat: { iceServers: [], ...videochat },
        debug: { mode: 0 },
      }
    );
    listen();
    await SDK.chat.connect({ userId: user, password });
    await this.ping();
  },

  // The server has seen our presence when it answers what came after.
  ping: () => SDK.chat.pingWithTimeout(10_000),

  logout: () => SDK.chat.disconnect(),

  // What goes by HTTP.
  createSession: (user) => SDK.createSession(user),
  rejectByHttp: (params) => SDK.videochat.callRejectRequest(params),
  push: ({ message, ...event }) =>
    SDK.pushnotifications.events.create({
      ...event,
      message: SDK.pushnotifications.base64Encode(JSON.stringify(message)),
    }),

  async call(users, video, extension, options) {
    const { VIDEO, AUDIO } = SDK.videochat.CallType;
    const session = SDK.videochat.createNewSession(users, video ? VIDEO : AUDIO, options);
    sessions.set(session.ID, session);
    await media(session);
    session.call(extension);
    return session.ID;
  },

  async accept(id, extension) {
    const session = sessions.get(id);
    await media(session);
    session.accept(extension);
  },

  reject: (id, extension) => sessions.get(id).reject(extension),
  stop: (id, extension) => sessions.get(id).stop(extension),
  mute: (id, kind) => sessions.get(id).mute(kind),
  unmute: (id, kind) => sessions.get(id).unmute(kind),
  setMaxBandwidth: (id, limit) => sessions.get(id).setMaxBandwidth(limit),
  canRestart: (id, user) => sessions.get(id).canInitiateIceRestart(user),
  restart: (id, user) => sessions.get(id).iceRestart(user),
};
