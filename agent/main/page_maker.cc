// Renders into memory that was used before, and gives away no more of it than a page needs.
#include "agent/main/page_maker.h"

#include <cerrno>
#include <new>
#include <utility>

namespace shmx {
namespace {

/// As the metrics about pages say it.
std::string_view name_of(render::Format format) noexcept {
  switch (format) {
    case render::Format::text:
      return "text-0.0.4";
    case render::Format::openmetrics_0_0_1:
      return "openmetrics-0.0.1";
    case render::Format::openmetrics_1_0_0:
      return "openmetrics-1.0.0";
    case render::Format::protobuf:
      return "protobuf";
  }
  return "";
}

Error no_memory() {
  return {"no memory for the page", ENOMEM};
}

}  // namespace

PageMaker::PageMaker(std::size_t held_limit, self::SelfMetrics& self)
    : self_(self), held_(held_limit) {}

PageMaker::Pages PageMaker::pages(const render::Choice& choice,
                                  std::span<const model::Family* const> families) {
  Pages pages(*this, name_of(choice.format));
  try {
    auto page = strings_.take();
    page->clear();
    render::append_page(choice, families, *page);
    pages.page_ = strings_.share(std::move(page));
    self_.observe_page(pages.format_, pages.page_->size());
  } catch (const std::bad_alloc&) {
    pages.page_ = nullptr;  // A part of a page is no page.
  }
  return pages;
}

const Result<PageMaker::Answer>& PageMaker::Pages::answer(web::ContentCodings codings) {
  const bool worth_it = page_ && (page_->size() >= web::kSmallestGzipBytes || !codings.identity);
  const bool gzip = codings.gzip && worth_it;
  std::optional<Result<Answer>>& made = gzip ? compressed_ : plain_;
  if (!made) {
    try {
      made = gzip ? compressed() : plain();
    } catch (const std::bad_alloc&) {
      made = no_memory();
    }
  }
  if (made->ok()) {
    maker_.self_.count_page(format_, gzip ? "gzip" : "identity");
  }
  return *made;
}

Result<PageMaker::Answer> PageMaker::Pages::plain() const {
  if (!page_) {
    return no_memory();
  }
  // A short page in the memory of a long one would hold all of it.
  const bool fits = page_->size() >= page_->capacity() / 2;
  const auto page = fits ? page_ : std::make_shared<const std::string>(*page_);
  return held({page, *page}, page->capacity(), false);
}

Result<PageMaker::Answer> PageMaker::Pages::compressed() const {
  web::Body body = maker_.gzip_.compress(*page_);
  maker_.self_.observe_compressed_page(format_, body.bytes.size());
  const std::size_t bytes = body.bytes.size();
  return held(std::move(body), bytes, true);
}

Result<PageMaker::Answer> PageMaker::Pages::held(web::Body body, std::size_t bytes,
                                                 bool gzip) const {
  body.owner = maker_.held_.hold(std::move(body.owner), bytes);
  if (!body.owner) {
    return Error{"clients that read slowly hold " + std::to_string(maker_.held_.held()) +
                     " bytes of pages, see --web.max-held-bytes",
                 ENOBUFS};
  }
  std::optional<audit::Digest> digest;
  if (maker_.digests_) {
    digest = audit::sha256(body.bytes);
  }
  return Answer{std::move(body), gzip, digest};
}

}  // namespace shmx
