import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{n as t,or as n,r,s as i,sr as a,t as o}from"./libraries-C4Kpgp_P.js";function s(e){return new Worker(`/console/assets/editor.worker-DEFT_Yb2.js`,{type:`module`,name:e?.name})}function c(e){return new Worker(`/console/assets/json.worker-ky6CAS4V.js`,{type:`module`,name:e?.name})}function l(e){return new Worker(`/console/assets/graphql.worker-CnQW6F4w.js`,{type:`module`,name:e?.name})}window.MonacoEnvironment={getWorker(e,t){switch(t){case`json`:return new c;case`graphql`:return new l;default:return new s}}};var u=e(n(),1),d=r(),f=`# 网络里有谁？名称声称了几个，几个还没有文章为证？
# 一镇五星是虚构的；一镇七星真实，却没有文章点名任何成员。
# Who belongs to a network? How many does its name
# claim that no article evidences? 一镇五星 is invented;
# 一镇七星 is real, and no article names a member.
#
# Ctrl-Enter 运行，Ctrl-Space 补全，左侧书本是接口文档。
# Ctrl-Enter runs, Ctrl-Space completes,
# the book on the left opens the documentation.

query NetworkMembers {
  invented: network(name: "一镇五星") {
    ...Seats
  }
  real: network(name: "一镇七星") {
    ...Seats
  }
}

fragment Seats on Network {
  name
  claimedSize
  members {
    name
    kind
  }
  vacancies {
    kind
    count
  }
}
`,p=`# 科百特的每一条关系，凭哪篇文章的哪句话？
# Every relation of 科百特, with the sentence
# that says so and where it stands.

query EntityWithEvidence {
  entity(name: "科百特") {
    id
    kind
    name
    aliases
    roles
    relations {
      nodes {
        predicate
        target {
          name
        }
        confidence
        claims {
          statement
          evidence {
            quote
            document {
              title
            }
            start
            end
          }
        }
      }
    }
  }
}
`,m=`# 逐级追溯供应链。先运行 FindEntity，把得到的 id
# 填进下方 Variables 的 from，再运行 TraceUpstream。
# 文章很少直接写明供应关系，这里只跟写明的。
# Tier by tier: run FindEntity, copy the id into
# \`from\` under Variables below, run TraceUpstream.
# Articles seldom state who supplies whom; only
# what is stated is followed.

query TraceUpstream($from: ID!) {
  trace(from: $from, direction: UPSTREAM, maxDepth: 4) {
    truncated {
      limit
      at
      remaining
    }
    tiers {
      depth
      total
      steps {
        basis
        confidence
        entity {
          name
          kind
        }
        from {
          name
        }
        via {
          predicate
          claims {
            evidence {
              quote
            }
          }
        }
      }
    }
  }
}

query FindEntity {
  search(text: "沅朔泵业", first: 3) {
    matched
    entity {
      id
      kind
      name
    }
  }
}
`,h=`{
  "from": ""
}
`,g=`# 两个时钟：validOn 是事情在世上成立的日期，
# recordedAt 或 seq 是何时记下的。
# Two clocks: validOn is when a fact held in the
# world, recordedAt or seq when it was recorded.

query TwoClocks {
  now: stats {
    seq
    entities
    relations
  }
  endOf2024: at(asOf: { validOn: "2024-12-31" }) {
    stats {
      seq
      entities
      relations
    }
  }
}
`,_=`# 从头跟读日志：先是过去，然后是现场。
# 右侧显示最新的一条。
# Follow the log from its beginning: the past, then
# live. The newest event is shown on the right.

subscription FollowEvents {
  events(after: 0) {
    seq
    type
    summary
  }
}
`,v=`{
  // 写入需要令牌 / Writing needs a token:
  //   lianzhu token new --role editor --data FOLDER
  // "Authorization": "Bearer TOKEN"
}`,y=(e,t=null)=>({query:e,variables:t,headers:v}),b=[y(f),y(p),y(m,h),y(g),y(_)],x=`/graphql`,S=500,C=(e,t)=>{let n=T(t);return w(e,t)?k(e,n):D(e,n)};function w(e,t){return t?.documentAST?i(t.documentAST,e.operationName)?.operation===`subscription`:!1}function T(e){return Object.fromEntries(Object.entries(e?.headers??{}).map(([e,t])=>[e,String(t)]))}function E(e){return{errors:[{message:e}]}}async function D(e,t){try{let n=await fetch(x,{method:`POST`,headers:{"content-type":`application/json`,accept:`application/graphql-response+json, application/json`,...t},body:JSON.stringify(e)});return O(n,await n.text())}catch(e){return E(`The request to ${x} failed: ${e instanceof Error?e.message:e}`)}}function O(e,t){try{return JSON.parse(t)}catch{let n=t.trim().slice(0,S)||`(empty)`;return E(`${`HTTP ${e.status} ${e.statusText}`.trim()}, and the answer is not JSON: ${n}`)}}function k(e,t){return{subscribe:n=>{let r=o({url:A(),connectionParams:t,retryAttempts:0}),i,a,s=0,c=()=>{s=0,i&&n.next(i),i=void 0,a?.()},l=()=>{s||=requestAnimationFrame(c)},u=!1,d=e=>{u||(a=e,l())},f=r.subscribe(j(e),{next(e){i=e,l()},error:e=>d(()=>n.error(M(e))),complete:()=>d(()=>n.complete())});return{unsubscribe(){u=!0,cancelAnimationFrame(s),f()}}}}}function A(){let e=new URL(x,window.location.href);return e.protocol=e.protocol===`https:`?`wss:`:`ws:`,e.href}function j({query:e,operationName:t,variables:n}){return{query:e,...t?{operationName:t}:{},...n?{variables:n}:{}}}function M(e){return e instanceof CloseEvent?{message:`The WebSocket closed: ${e.code} ${e.reason}`.trim()}:e instanceof Event?{message:`No WebSocket to ${A()} could be opened`}:e}var N=`graphiql:`,P=`${N}headers`,F=[`${N}query`,`${N}variables`],I={get length(){return L().length},getItem:e=>localStorage.getItem(e),setItem(e,t){e!==P&&localStorage.setItem(e,F.includes(e)?t:R(t))},removeItem:e=>localStorage.removeItem(e),clear(){for(let e of L())localStorage.removeItem(e)}};function L(){return Object.keys(localStorage).filter(e=>e.startsWith(N))}function R(e){return e.startsWith(`{`)?JSON.stringify(JSON.parse(e),(e,t)=>e===`headers`?null:t):e}var z=a();function B(){return(0,z.jsx)(t,{fetcher:C,defaultTabs:b,defaultHeaders:v,defaultEditorToolsVisibility:`headers`,isHeadersEditorEnabled:!0,shouldPersistHeaders:!1,storage:I,children:(0,z.jsx)(t.Logo,{children:(0,z.jsxs)(`nav`,{className:`console-links`,"aria-label":`Lianzhu`,children:[(0,z.jsx)(`a`,{href:`/schema.graphql`,children:`schema.graphql`}),(0,z.jsx)(`a`,{href:`/console/THIRD-PARTY-NOTICES.txt`,children:`licences`}),(0,z.jsx)(`strong`,{children:`Lianzhu 连珠`})]})})})}var V=document.getElementById(`console`);if(!V)throw Error("index.html has no element with the id `console`");(0,d.createRoot)(V).render((0,z.jsx)(u.StrictMode,{children:(0,z.jsx)(B,{})}));