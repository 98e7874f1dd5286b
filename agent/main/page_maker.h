// Pages as they are sent: rendered once per choice, compressed once where somebody wants that, and
// held within a bound. The collector's thread only; what it gives away may go on any thread.
#ifndef SHM_EXPORTER_AGENT_MAIN_PAGE_MAKER_H
#define SHM_EXPORTER_AGENT_MAIN_PAGE_MAKER_H

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/audit/digest.h"
#include "agent/main/held_bytes.h"
#include "agent/model/model.h"
#include "agent/model/pool.h"
#include "agent/render/format.h"
#include "agent/self/self_metrics.h"
#include "agent/web/content_coding.h"
#include "agent/web/gzip.h"
#include "agent/web/http.h"
#include "shm/result.h"

namespace shmx {

class PageMaker {
 public:
  struct Answer {
    web::Body body;
    bool gzip = false;
    std::optional<audit::Digest> sha256{};  ///< of the body's bytes, if digests are enabled
  };

  /// `self` outlives this.
  PageMaker(std::size_t held_limit, self::SelfMetrics& self);

  /// From now on answers have their digests.
  void enable_digests() noexcept { digests_ = true; }

  /// The pages of one choice. Shorter-lived than the maker.
  class Pages {
   public:
    /// The page in the coding that suits the client, or why there is none: ENOMEM, or ENOBUFS when
    /// responses hold too much already. Equal answers share their bytes.
    const Result<Answer>& answer(web::ContentCodings codings);

   private:
    friend class PageMaker;
    Pages(PageMaker& maker, std::string_view format) : maker_(maker), format_(format) {}
    Result<Answer> plain() const;
    Result<Answer> compressed() const;
    Result<Answer> held(web::Body body, std::size_t bytes, bool gzip) const;

    PageMaker& maker_;
    std::string_view format_;
    std::shared_ptr<const std::string> page_;  ///< null: no memory for it
    std::optional<Result<Answer>> plain_;
    std::optional<Result<Answer>> compressed_;
  };
  Pages pages(const render::Choice& choice, std::span<const model::Family* const> families);

  /// Memory of the answers that somebody still has.
  std::size_t held_bytes() const noexcept { return held_.held(); }

 private:
  self::SelfMetrics& self_;
  bool digests_ = false;
  HeldBytes held_;
  web::Gzip gzip_;
  model::Pool<std::string> strings_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_PAGE_MAKER_H
