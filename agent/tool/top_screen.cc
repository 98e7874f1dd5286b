// See top_screen.h.
#include "agent/tool/top_screen.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <string_view>
#include <utility>

// As the last, for its macros have names of everyday life.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns
#undef lines

namespace shmx::tool::top {
namespace {

/// How long the bytes after an Esc may take to come, to be a key and not an Esc: milliseconds. They
/// come together, but for slow lines.
constexpr int kEscapeDelayMs = 25;

constexpr short kAlarmPair = 1;
constexpr short kOwnColour = -1;  // the terminal's background, as it is

constexpr wint_t kEscape = 0x1b;
constexpr wint_t kDelete = 0x7f;
constexpr wint_t kFirstPrintable = 0x20;

/// Names are UTF-8. A terminal is, too, nearly always, whatever LANG says: it is lost on the way
/// through sudo and ssh.
void read_locale() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

/// Whether the terminal can put the cursor somewhere.
bool can_be_drawn_on() {
  int error = 0;
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 ||
      setupterm(nullptr, STDOUT_FILENO, &error) != OK) {
    return false;
  }
  const bool can = cursor_address != nullptr;
  del_curterm(cur_term);  // The screen's terminal is another.
  return can;
}

KeyKind special_key(wint_t code) {
  constexpr std::array<std::pair<int, KeyKind>, 10> kKeys = {{
      {KEY_UP, KeyKind::up},
      {KEY_DOWN, KeyKind::down},
      {KEY_LEFT, KeyKind::left},
      {KEY_RIGHT, KeyKind::right},
      {KEY_PPAGE, KeyKind::page_up},
      {KEY_NPAGE, KeyKind::page_down},
      {KEY_HOME, KeyKind::home},
      {KEY_END, KeyKind::end},
      {KEY_BACKSPACE, KeyKind::backspace},
      {KEY_ENTER, KeyKind::enter},
  }};
  for (const auto& [known, kind] : kKeys) {
    if (static_cast<wint_t>(known) == code) {
      return kind;
    }
  }
  return KeyKind::other;
}

Key typed_key(wint_t character) {
  switch (character) {
    case kEscape:
      return {KeyKind::escape, ""};
    case '\r':
    case '\n':
      return {KeyKind::enter, ""};
    case '\b':
    case kDelete:
      return {KeyKind::backspace, ""};
    default:
      break;
  }
  std::array<char, MB_LEN_MAX> bytes{};
  std::mbstate_t state{};
  const std::size_t count = std::wcrtomb(bytes.data(), static_cast<wchar_t>(character), &state);
  if (character < kFirstPrintable || count > bytes.size()) {
    return {};
  }
  return {KeyKind::text, std::string(bytes.data(), count)};
}

}  // namespace

class Screen::Impl {
 public:
  Impl(SCREEN* screen, bool colours) : screen_(screen) {
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(kEscapeDelayMs);
    if (colours && has_colors()) {
      start_color();
      use_default_colors();
      init_pair(kAlarmPair, COLOR_RED, kOwnColour);
      coloured_ = true;
    }
  }
  ~Impl() {
    endwin();
    delscreen(screen_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  attr_t attributes(Style style) const {
    switch (style) {
      case Style::strong:
        return A_BOLD;
      case Style::faint:
        return A_DIM;
      case Style::title:
        return A_REVERSE;
      case Style::alarm:
        return coloured_ ? A_NORMAL : A_BOLD;
      case Style::plain:
        break;
    }
    return A_NORMAL;
  }

  short colours(Style style) const { return style == Style::alarm && coloured_ ? kAlarmPair : 0; }

 private:
  SCREEN* screen_;
  bool coloured_ = false;
};

std::unique_ptr<Screen> Screen::open(bool colours) {
  read_locale();
  if (!can_be_drawn_on()) {
    return nullptr;
  }
  SCREEN* const screen = newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<Screen>(new Screen(std::make_unique<Impl>(screen, colours)));
}

Screen::Screen(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Screen::~Screen() = default;

Size Screen::size() const {
  return {static_cast<std::size_t>(getmaxx(stdscr)), static_cast<std::size_t>(getmaxy(stdscr))};
}

void Screen::draw(const Page& page) {
  erase();
  int y = 0;
  for (const Line& line : page.lines) {
    move(y++, 0);
    for (const Span& span : line) {
      attr_set(impl_->attributes(span.style), impl_->colours(span.style), nullptr);
      addstr(span.text.c_str());
    }
  }
  attr_set(A_NORMAL, 0, nullptr);
  refresh();
}

std::optional<Key> Screen::next_key() {
  wint_t code = 0;
  switch (get_wch(&code)) {
    case OK:
      return typed_key(code);
    case KEY_CODE_YES:
      return Key{special_key(code), ""};
    default:
      return std::nullopt;
  }
}

void Screen::resize() {
  struct winsize now {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0) {
    resizeterm(now.ws_row, now.ws_col);
  }
}

}  // namespace shmx::tool::top
