// Speaks a sentence where the browser has a voice for the language; elsewhere stays silent. Never the only way to know.

/** @param {string} lang */
function voiceFor(lang) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? []
  return voices.find((voice) => voice.lang === lang) ?? voices.find((voice) => voice.lang.startsWith(lang.slice(0, 2)))
}

/** @param {string} text  @param {string} lang */
export function speak(text, lang) {
  hush()
  const voice = voiceFor(lang)
  if (!voice || !text) return
  const words = new SpeechSynthesisUtterance(text)
  words.voice = voice
  words.lang = voice.lang
  // A little slower than the default: old ears, an echoing room.
  words.rate = 0.9
  speechSynthesis.speak(words)
}

export function hush() {
  globalThis.speechSynthesis?.cancel()
}
